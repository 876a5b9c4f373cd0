import { Controller, Get, Query, Res } from "@nestjs/common";
import { FastifyReply } from "fastify";

@Controller()
export class LinkController {
  @Get("out")
  out(@Query("goto") goto: string, @Res() reply: FastifyReply) {
    return reply.redirect(goto); // BAD
  }
}
