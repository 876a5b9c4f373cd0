import { verify } from "jsonwebtoken";
import { Injectable } from "@nestjs/common";

@Injectable()
export class TokenReader {
  read(raw: string, key: string): unknown {
    return verify(raw, key, { algorithms: ["RS256"], ignoreExpiration: true }); // BAD
  }
}
