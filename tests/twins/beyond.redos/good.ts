import { Injectable, PipeTransform } from "@nestjs/common";

const WORDS = /^\w+(?:\s\w+)*$/;

@Injectable()
export class NamePipe implements PipeTransform<string, string> {
  transform(name: string): string {
    if (!WORDS.test(name) || /^[a-z]+$/i.exec(name)) {
      throw new Error("no");
    }
    return name.replace(/\/+/g, "/").replace(/[^\w.-]+/gu, "-");
  }
}
