import { Injectable } from "@nestjs/common";
import * as argon2 from "argon2";
import { createHash } from "node:crypto";

@Injectable()
export class PeopleService {
  constructor(private readonly people: PeopleRepository) {}

  async enroll(mail: string, password: string): Promise<void> {
    await this.people.insert({ mail, sum: await argon2.hash(password) });
  }

  etag(page: string): string {
    return createHash("sha1").update(page).digest("hex");
  }
}
