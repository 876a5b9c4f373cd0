import { Injectable } from "@nestjs/common";
import { PassportStrategy } from "@nestjs/passport";
import { BasicStrategy as Strategy } from "passport-http";

@Injectable()
export class StaffStrategy extends PassportStrategy(Strategy) { // BAD
  async validate(name: string, word: string): Promise<boolean> {
    return this.people.fits(name, word);
  }
}
