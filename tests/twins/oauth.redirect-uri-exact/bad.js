const express = require("express");
const { clients, issueCode } = require("./clients");

const app = express();

app.get("/authorize", async (req, res) => {
  const client = await clients.find(req.query.client_id);
  const redirectUri = req.query.redirect_uri;
  if (!client.patterns.some((each) => new RegExp(each).test(redirectUri))) { // BAD
    return res.status(400).end();
  }
  const code = await issueCode(client);
  res.redirect(`${redirectUri}?code=${code}`);
});

app.listen(3000);
