import { HttpService } from "@nestjs/axios";
import { Body, Controller, Post } from "@nestjs/common";
import got from "got";
import { firstValueFrom } from "rxjs";

@Controller("preview")
export class PreviewController {
  constructor(private readonly http: HttpService) {}

  @Post()
  async page(@Body("page") page: string) {
    return (await firstValueFrom(this.http.get(page))).data; // BAD
  }

  @Post("raw")
  raw(@Body() asked: { page: string }) {
    return got(asked.page).text(); // BAD
  }
}
