// The npm libraries' side of the interoperability tests: one JSON command a line in, one JSON answer a line out.
// Nothing here knows Attorn; every document it cannot derive itself (contexts, did:web) comes with the command.
import {createInterface} from 'node:readline';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import {Ed25519Signature2020} from '@digitalbazaar/ed25519-signature-2020';
import {Ed25519VerificationKey2020} from '@digitalbazaar/ed25519-verification-key-2020';
import * as vc from '@digitalbazaar/vc';
import * as bitstring from '@digitalbazaar/vc-bitstring-status-list';
import * as jose from 'jose';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {ES256, digest, generateSalt} from '@sd-jwt/crypto-nodejs';
import {StatusList, createHeaderAndPayload, getListFromStatusListJWT} from '@sd-jwt/jwt-status-list';
import {contexts as credentialContexts} from '@digitalbazaar/credentials-context';
import dataIntegrityContext from '@digitalbazaar/data-integrity-context';
import multikeyContext from '@digitalbazaar/multikey-context';
import ed25519Context from 'ed25519-signature-2020-context';

const CHALLENGE_PURPOSE = {challenge: 'challenge-of-the-vendor', domain: 'vendor.example'};

const suites = {
  'eddsa-rdfc-2022': {sign: eddsaRdfc, verify: eddsaRdfc, multikey: Ed25519Multikey},
  'eddsa-jcs-2022': {
    sign: eddsaJcs.createSignCryptosuite(), verify: eddsaJcs.createVerifyCryptosuite(), multikey: Ed25519Multikey
  },
  'ecdsa-rdfc-2019': {sign: ecdsaRdfc, verify: ecdsaRdfc, multikey: EcdsaMultikey},
  'ecdsa-jcs-2019': {
    sign: ecdsaJcs.createSignCryptosuite(), verify: ecdsaJcs.createVerifyCryptosuite(), multikey: EcdsaMultikey
  }
};

const known = new Map();
for(const contexts of [
  credentialContexts, dataIntegrityContext.contexts, multikeyContext.contexts, ed25519Context.contexts
]) {
  contexts.forEach((document, url) => known.set(url, document));
}
const DID_CONTEXTS = ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'];
known.set(DID_CONTEXTS[0], {'@context': {'@protected': true, id: '@id', type: '@type'}});

function loader(documents = {}) {
  return async url => {
    const found = documents[url] ?? known.get(url) ?? didDocument(url, documents);
    if(!found) {
      throw new Error(`not known here: ${url}`);
    }
    return {contextUrl: null, documentUrl: url, document: found};
  };
}

// did:key by its own text; a did:web from the documents that came with the command.
function didDocument(url, documents) {
  const [did, fragment] = url.split('#');
  const document = documents[did] ?? (did.startsWith('did:key:') ? keyDocument(did) : null);
  if(!document || !fragment) {
    return document;
  }
  const method = document.verificationMethod.find(entry => entry.id === url);
  return method && {'@context': DID_CONTEXTS[1], ...method};
}

function keyDocument(did) {
  const multibase = did.slice('did:key:'.length);
  const id = `${did}#${multibase}`;
  const method = {id, type: 'Multikey', controller: did, publicKeyMultibase: multibase};
  return {
    '@context': DID_CONTEXTS, id: did, verificationMethod: [method],
    authentication: [id], assertionMethod: [id], capabilityDelegation: [id]
  };
}

async function newKey({suite, curve}) {
  const {multikey} = suites[suite];
  const pair = await multikey.generate(multikey === EcdsaMultikey ? {curve: curve ?? 'P-256'} : {});
  const multibase = pair.publicKeyMultibase ?? (await pair.export({publicKey: true})).publicKeyMultibase;
  pair.controller = `did:key:${multibase}`;
  pair.id = `${pair.controller}#${multibase}`;
  return pair;
}

function proofSuite(name, pair) {
  const {sign, verify} = suites[name];
  return pair ?
    new DataIntegrityProof({signer: {...pair.signer(), id: pair.id}, cryptosuite: sign}) :
    new DataIntegrityProof({cryptosuite: verify});
}

async function newKey2020() {
  const pair = await Ed25519VerificationKey2020.generate();
  pair.controller = `did:key:${pair.publicKeyMultibase}`;
  pair.id = `${pair.controller}#${pair.publicKeyMultibase}`;
  return pair;
}

// The suite of 2020 wants its keys under their name of 2020.
function loader2020(documents) {
  const load = loader(documents);
  return async url => {
    const answer = await load(url);
    if(!url.startsWith('did:')) {
      return answer;
    }
    const document = structuredClone(answer.document);
    for(const method of document.verificationMethod ?? [document]) {
      method.type = 'Ed25519VerificationKey2020';
    }
    document['@context'] = [].concat(document['@context']).map(
      each => each === DID_CONTEXTS[1] ? 'https://w3id.org/security/suites/ed25519-2020/v1' : each);
    return {...answer, document};
  };
}

const plainError = error => error && (error.errors?.map(each => each.message).join('; ') || error.message);

const jwkOf = async (key, alg) => jose.importJWK({...key, alg}, alg);

// @sd-jwt brings no Ed25519; it takes any function of what was signed and the signature.
async function joseVerifier(jwk, alg) {
  const key = await jwkOf(jwk, alg);
  return async (signed, signature) => {
    await jose.compactVerify(`${signed}.${signature}`, key, {algorithms: [alg]});
    return true;
  };
}

function sdJwtVerifier(options) {
  return new SDJwtVcInstance({hasher: digest, hashAlg: 'sha-256', saltGenerator: generateSalt, ...options});
}

const operations = {
  // --- Data Integrity ---
  async verify_credential({credential, suite, documents, list}) {
    const answer = await vc.verifyCredential({
      credential, suite: proofSuite(suite), documentLoader: loader(documents),
      checkStatus: ({credential}) => !list ? {verified: true} : bitstring.checkStatus({
        credential, documentLoader: loader({...documents, ...list}), suite: proofSuite(suite),
        verifyBitstringStatusListCredential: true
      })
    });
    return {verified: answer.verified, status: answer.statusResult?.results ?? null, error: plainError(answer.error)};
  },
  async issue_credential({credential, suite, curve, documents}) {
    const pair = await newKey({suite, curve});
    const issued = await vc.issue({
      credential: {...credential, issuer: pair.controller}, suite: proofSuite(suite, pair),
      documentLoader: loader(documents)
    });
    return {issued, issuer: pair.controller};
  },
  async verify_presentation({presentation, suite, documents, challenge, domain, unsignedPresentation}) {
    const answer = await vc.verify({
      presentation, suite: proofSuite(suite), documentLoader: loader(documents), challenge, domain, unsignedPresentation
    });
    return {verified: answer.verified, error: plainError(answer.error)};
  },
  async issue_presentation({credentials, suite, documents, challenge, domain}) {
    const pair = await newKey({suite});
    const presentation = vc.createPresentation({verifiableCredential: credentials, holder: pair.controller});
    const issued = await vc.signPresentation({
      presentation, suite: proofSuite(suite, pair), documentLoader: loader(documents),
      challenge: challenge ?? CHALLENGE_PURPOSE.challenge, domain: domain ?? CHALLENGE_PURPOSE.domain
    });
    return {issued, holder: pair.controller};
  },
  // --- VCDM 1.1, Ed25519Signature2020 ---
  async verify_2020({credential, documents}) {
    const answer = await vc.verifyCredential({
      credential, suite: new Ed25519Signature2020(), documentLoader: loader2020(documents)
    });
    return {verified: answer.verified, error: plainError(answer.error)};
  },
  async verify_presentation_2020({presentation, challenge, domain}) {
    const answer = await vc.verify({
      presentation, suite: new Ed25519Signature2020(), documentLoader: loader2020(), challenge, domain
    });
    return {verified: answer.verified, error: plainError(answer.error)};
  },
  async issue_presentation_2020({credentials, challenge, domain}) {
    const pair = await newKey2020();
    const presentation = vc.createPresentation({
      verifiableCredential: credentials, holder: pair.controller, version: 1.0
    });
    const issued = await vc.signPresentation({
      presentation, suite: new Ed25519Signature2020({key: pair}), documentLoader: loader(), challenge, domain
    });
    return {issued, holder: pair.controller};
  },
  async issue_2020({credential, documents}) {
    const pair = await newKey2020();
    const issued = await vc.issue({
      credential: {...credential, issuer: pair.controller}, suite: new Ed25519Signature2020({key: pair}),
      documentLoader: loader(documents)
    });
    return {issued, issuer: pair.controller};
  },
  // --- JOSE ---
  async verify_jwt({token, jwk, alg, typ}) {
    const {payload, protectedHeader} = await jose.compactVerify(token, await jwkOf(jwk, alg), {algorithms: [alg]});
    const claims = JSON.parse(new TextDecoder().decode(payload));
    return {verified: (protectedHeader.typ ?? null) === (typ ?? null), header: protectedHeader, claims};
  },
  async issue_jwt({claims, header, alg}) {
    const {privateKey, publicKey} = await jose.generateKeyPair(alg, {extractable: true});
    const jwk = await jose.exportJWK(publicKey);
    const did = 'did:jwk:' + jose.base64url.encode(JSON.stringify(jwk));
    const filled = JSON.parse(JSON.stringify({claims, header}).replaceAll('{did}', did));
    const token = await new jose.CompactSign(new TextEncoder().encode(JSON.stringify(filled.claims)))
      .setProtectedHeader({alg, ...filled.header}).sign(privateKey);
    return {token, jwk, did};
  },
  async read_header({token}) {
    return {header: jose.decodeProtectedHeader(token)};
  },
  // --- SD-JWT VC ---
  async verify_sd_jwt({token, jwk, alg, holderJwk, holderAlg, nonce, statusList}) {
    const instance = sdJwtVerifier({
      verifier: await joseVerifier(jwk, alg),
      ...(statusList ? {statusListFetcher: async () => statusList} : {}),
      ...(holderJwk ? {kbVerifier: await joseVerifier(holderJwk, holderAlg)} : {})
    });
    const answer = await instance.verify(token, nonce ? {keyBindingNonce: nonce} : undefined);
    return {verified: true, claims: answer.payload, keyBinding: answer.kb?.payload ?? null};
  },
  async issue_sd_jwt({claims, disclosable, present, audience, nonce, issuedAt}) {
    const issuer = await ES256.generateKeyPair();
    const holder = await ES256.generateKeyPair();
    const did = jwk => 'did:jwk:' + jose.base64url.encode(JSON.stringify(
      {kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y}));
    const iss = did(issuer.publicKey);
    const {kty, crv, x, y} = holder.publicKey;
    const instance = sdJwtVerifier({
      signer: await ES256.getSigner(issuer.privateKey), signAlg: 'ES256',
      kbSigner: await ES256.getSigner(holder.privateKey), kbSignAlg: 'ES256'
    });
    const token = await instance.issue(
      {...claims, iss, cnf: {jwk: {kty, crv, x, y}}}, {_sd: disclosable}, {header: {kid: `${iss}#0`}});
    const presented = await instance.present(
      token, Object.fromEntries(present.map(name => [name, true])),
      {kb: {payload: {iat: issuedAt, aud: audience, nonce}}});
    return {token, presented, issuer: iss, holder: did(holder.publicKey)};
  },
  // --- Status lists ---
  async read_bitstring({encodedList, indexes}) {
    const list = await bitstring.decodeList({encodedList});
    return {length: list.length, bits: indexes.map(index => list.getStatus(index))};
  },
  async make_bitstring({length, set}) {
    const list = await bitstring.createList({length});
    set.forEach(index => list.setStatus(index, true));
    return {encodedList: await list.encode()};
  },
  async read_token_list({token, indexes}) {
    const list = getListFromStatusListJWT(token);
    return {bits: indexes.map(index => list.getStatus(index))};
  },
  async make_token_list({length, set, claims}) {
    const values = new Array(length).fill(0);
    set.forEach(index => { values[index] = 1; });
    const {payload, header} = createHeaderAndPayload(new StatusList(values, 1), claims, {alg: 'ES256'});
    return {claims: payload, header};
  }
};

for await (const line of createInterface({input: process.stdin})) {
  const {operation, ...command} = JSON.parse(line);
  let answer;
  try {
    answer = await operations[operation](command);
  } catch(error) {
    answer = {verified: false, error: plainError(error) ?? String(error)};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
