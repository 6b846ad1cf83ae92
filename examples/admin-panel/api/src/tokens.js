import { SignJWT, jwtVerify } from 'jose';

const ISSUER = 'admin-panel';

/** Signs and checks the tokens that stand for a session. */
export class Tokens {
  #key;

  constructor(secret) {
    this.#key = new TextEncoder().encode(secret);
  }

  sign(session, seconds) {
    return new SignJWT({ name: session.name })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(ISSUER)
      .setJti(session.id)
      .setIssuedAt()
      .setExpirationTime(`${seconds}s`)
      .sign(this.#key);
  }

  /** The session's id, or nothing where the header has no token that we signed and that is still valid. */
  async sessionOf(header) {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(header ?? '')?.[1];
    if (!token) return undefined;
    try {
      const { payload } = await jwtVerify(token, this.#key, { issuer: ISSUER, algorithms: ['HS256'] });
      return payload.jti;
    } catch {
      return undefined;
    }
  }
}
