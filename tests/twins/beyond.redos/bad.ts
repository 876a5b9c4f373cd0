import { Injectable, PipeTransform } from "@nestjs/common";

const WORDS = /^(\w+\s?)+$/; // BAD

@Injectable()
export class NamePipe implements PipeTransform<string, string> {
  transform(name: string): string {
    if (!WORDS.test(name) || /^([a-z]+)*$/i.exec(name)) { // BAD
      throw new Error("no");
    }
    return name.replace(/(x+x+)+y/g, ""); // BAD
  }
}
