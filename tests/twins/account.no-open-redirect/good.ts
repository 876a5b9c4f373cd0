import { Controller, Get, Query, Res } from "@nestjs/common";
import { FastifyReply } from "fastify";

const PLACES: Record<string, string> = { help: "/help", home: "/" };

@Controller()
export class LinkController {
  @Get("out")
  out(@Query("goto") goto: string, @Res() reply: FastifyReply) {
    return reply.redirect(`/go/${goto}`);
  }

  @Get("home")
  home(@Res() reply: FastifyReply) {
    return reply.redirect(PLACES.home);
  }
}
