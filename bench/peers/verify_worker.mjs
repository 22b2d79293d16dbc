// The same as verify_worker.py, for libraries of node: node verify_worker.mjs NAME FOLDER
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [, , name, folder] = process.argv;
const require = createRequire(`${folder}/`);
const version = (of) => require(`${folder}/node_modules/${of}/package.json`).version;

const makers = {
  "aws-jwt-verify": ({ issuer, audience, jwks }) => {
    const { JwtRsaVerifier } = require("aws-jwt-verify");
    const verifier = JwtRsaVerifier.create({ issuer, audience, jwksUri: `${issuer}/jwks.json` });
    verifier.cacheJwks(jwks);
    return (token) => verifier.verifySync(token);
  },
  "fast-jwt": ({ issuer, audience, pem }) => {
    const { createVerifier } = require("fast-jwt");
    return createVerifier({ key: pem, algorithms: ["RS256"], allowedIss: issuer, allowedAud: audience, cache: false });
  },
};

const refuses = (verify, token) => {
  try {
    verify(token);
    return false;
  } catch {
    return true;
  }
};

let verify, token;
for await (const line of createInterface({ input: process.stdin })) {
  if (!verify) {
    const given = JSON.parse(line);
    token = given.token;
    verify = makers[name](given);
    verify(token);
    const accepted = Object.keys(given.bad).filter((one) => !refuses(verify, given.bad[one]));
    console.log(JSON.stringify({ version: version(name), accepted }));
    continue;
  }
  const calls = Number(line);
  const started = process.hrtime.bigint();
  for (let call = 0; call < calls; call++) verify(token);
  console.log(Number(process.hrtime.bigint() - started) / calls / 1000);
}
