import { Injectable } from "@nestjs/common";
import crypto = require("crypto");

@Injectable()
export class PeopleService {
  constructor(private readonly people: PeopleRepository) {}

  async enroll(mail: string, password: string): Promise<void> {
    const sum = crypto.createHash("sha1").update(password).digest("hex"); // BAD
    await this.people.insert({ mail, sum });
  }
}
