// The Node peer: did-resolver with its web and key methods behind one Express route, as its README shows.
import express from 'express'
import { Resolver } from 'did-resolver'
import { getResolver as keyMethod } from 'key-did-resolver'
import { getResolver as webMethod } from 'web-did-resolver'

const resolver = new Resolver({ ...webMethod(), ...keyMethod() })
const app = express()
app.get('/1.0/identifiers/:did', async (request, response) => {
  const result = await resolver.resolve(request.params.did)
  response.status(result.didDocument ? 200 : 404).json(result)
})
app.listen(Number(process.env.PORT), '127.0.0.1')
