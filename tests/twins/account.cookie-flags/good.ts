import { Controller, Post, Res } from "@nestjs/common";
import type { Response, CookieOptions } from "express";

const LASTING: CookieOptions = { httpOnly: true, secure: true, sameSite: "strict" };

@Controller("door")
export class DoorController {
  constructor(private readonly keys: KeyRing) {}

  @Post("in")
  async comeIn(@Res({ passthrough: true }) reply: Response): Promise<void> {
    reply.cookie("session", await this.keys.cut(), LASTING);
    reply.cookie("lang", "en", { httpOnly: false });
  }
}
