const request = require("supertest");
const app = require("../src/app");

test("a stranger is refused", async () => {
  const reply = await request(app).get("/parcels/1");
  expect(reply.status).toBe(401);
});
