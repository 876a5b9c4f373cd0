import { Controller, Post, Res } from "@nestjs/common";
import type { Response, CookieOptions } from "express";

const LASTING: CookieOptions = { httpOnly: false, secure: true, maxAge: 3_600_000 };

@Controller("door")
export class DoorController {
  constructor(private readonly keys: KeyRing) {}

  @Post("in")
  async comeIn(@Res({ passthrough: true }) reply: Response): Promise<void> {
    reply.cookie("session", await this.keys.cut(), LASTING); // BAD
  }

  @Post("again")
  async again(@Res({ passthrough: true }) reply: Response): Promise<void> {
    reply.cookie("refreshToken", await this.keys.cut(), { secure: false, httpOnly: true }); // BAD
  }
}
