import { Controller, Get, Injectable, UseGuards } from "@nestjs/common";
import { AuthGuard, PassportStrategy } from "@nestjs/passport";
import { ExtractJwt, Strategy } from "passport-jwt";

@Injectable()
export class StaffStrategy extends PassportStrategy(Strategy) {
  validate(claims: { sub: string }): string {
    return claims.sub;
  }
}

@Controller("stock")
@UseGuards(AuthGuard("jwt"))
export class StockController {
  @Get()
  list() {
    return [];
  }
}
