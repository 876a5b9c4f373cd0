const libxmljs = require('libxmljs');
const { XMLParser } = require('fast-xml-parser');

module.exports = (app) => {
  app.post('/import', (req, res) => {
    const doc = libxmljs.parseXml(req.body, { noent: false });
    res.json([doc.root().name(), new XMLParser().parse(req.body)]);
  });
};
