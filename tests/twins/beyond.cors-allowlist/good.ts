import { NestFactory } from "@nestjs/core";
import { AppModule } from "./app.module";

const FRIENDS = ["https://shop.example.com", "https://admin.example.com"];

async function start(): Promise<void> {
  const app = await NestFactory.create(AppModule);
  app.enableCors({ origin: FRIENDS, credentials: true });
  await app.listen(3000);
}

void start();
