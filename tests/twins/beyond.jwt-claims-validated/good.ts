import { jwtVerify, createRemoteJWKSet } from "jose";
import { Injectable } from "@nestjs/common";

const KEYS = createRemoteJWKSet(new URL("https://id.example.com/keys"));

@Injectable()
export class TokenReader {
  read(raw: string): unknown {
    return jwtVerify(raw, KEYS, { audience: "shop", issuer: "https://id.example.com" });
  }
}
