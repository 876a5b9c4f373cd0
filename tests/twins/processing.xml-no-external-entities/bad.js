const libxmljs = require('libxmljs');

module.exports = (app) => {
  app.post('/import', (req, res) => {
    const doc = libxmljs.parseXml(req.body, { noent: true, nonet: false }); // BAD
    res.send(doc.root().name());
  });
};
