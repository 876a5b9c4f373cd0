import { HttpService } from "@nestjs/axios";
import { Body, Controller, Post } from "@nestjs/common";
import { firstValueFrom } from "rxjs";

@Controller("weather")
export class WeatherController {
  constructor(private readonly http: HttpService) {}

  @Post()
  async show(@Body("city") city: string) {
    return (await firstValueFrom(this.http.get(`https://weather.example.com/v1/${encodeURIComponent(city)}`))).data;
  }
}
