import express, { Express } from "express";

export function shop(): Express {
  const app = express();
  app.disable("x-powered-by");
  app.get("/health", (_asked, reply) => reply.send("well"));
  return app;
}
