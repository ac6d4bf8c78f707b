// DIF's did-resolver with its did:web and did:key methods behind Express, as its README shows.
import express from 'express'
import { Resolver } from 'did-resolver'
import * as web from 'web-did-resolver'
import * as key from 'key-did-resolver'

const resolver = new Resolver({ ...web.getResolver(), ...key.getResolver() })
const app = express()

app.get('/1.0/identifiers/:did', async (request, response) => {
  const result = await resolver.resolve(request.params.did)
  response.status(result.didDocument ? 200 : 404).json(result)
})

app.listen(Number(process.argv[2]), '127.0.0.1')
