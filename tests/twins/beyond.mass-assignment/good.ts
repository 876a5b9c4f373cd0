import { Body, Controller, Param, Patch, Post } from "@nestjs/common";
import { InjectRepository } from "@nestjs/typeorm";
import { Repository } from "typeorm";
import { Member } from "./member.entity";
import { NewMember } from "./new-member.dto";

@Controller("members")
export class MemberController {
  constructor(@InjectRepository(Member) private readonly members: Repository<Member>) {}

  @Post()
  add(@Body() body: NewMember) {
    const { name, mail } = body;
    return this.members.save(this.members.create({ name, mail }));
  }

  @Patch(":id")
  async change(@Param("id") id: string, @Body("name") name: string) {
    const member = await this.members.findOneByOrFail({ id });
    Object.assign(member, { name });
    return this.members.save(member);
  }
}
