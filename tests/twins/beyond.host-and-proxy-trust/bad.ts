import { NestFactory } from "@nestjs/core";
import { NestExpressApplication } from "@nestjs/platform-express";
import { Request } from "express";

export async function start(root: unknown): Promise<void> {
  const app = await NestFactory.create<NestExpressApplication>(root);
  app.set("trust proxy", true); // BAD
}

export function mailReset(asked: Request, token: string): string {
  const resetUrl = `https://${asked.headers.host}/reset/${token}`; // BAD
  return resetUrl;
}
