import { NestFactory } from "@nestjs/core";
import { NestExpressApplication } from "@nestjs/platform-express";
import { settings } from "./settings";

export async function start(root: unknown): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(root);
  app.set("trust proxy", 1);
}

export function mailReset(token: string): string {
  const resetUrl = `${settings.home}/reset/${token}`;
  return resetUrl;
}
