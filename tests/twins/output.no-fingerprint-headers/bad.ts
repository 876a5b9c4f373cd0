import express, { Express } from "express";

export function shop(): Express {
  const app = express(); // BAD
  app.get("/health", (_asked, reply) => reply.send("well"));
  return app;
}
