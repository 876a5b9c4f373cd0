import { Body, Controller, Param, Patch, Post } from "@nestjs/common";
import { InjectRepository } from "@nestjs/typeorm";
import { Repository } from "typeorm";
import { Member } from "./member.entity";

@Controller("members")
export class MemberController {
  constructor(@InjectRepository(Member) private readonly members: Repository<Member>) {}

  @Post()
  add(@Body() body: any) {
    return this.members.save(this.members.create(body)); // BAD
  }

  @Patch(":id")
  async change(@Param("id") id: string, @Body() sent: any) {
    const member = await this.members.findOneByOrFail({ id });
    Object.assign(member, sent); // BAD
    return this.members.save(member);
  }
}
