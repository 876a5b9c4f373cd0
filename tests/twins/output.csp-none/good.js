const express = require("express");
const helmet = require("helmet");

const app = express();
app.use(helmet({ contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } } }));
app.listen(3000);
