package shop

import javax.xml.parsers.SAXParserFactory

class Imports {
    fun load(body: java.io.InputStream, handler: Handler) {
        SAXParserFactory.newInstance().newSAXParser().parse(body, handler) // BAD
    }
}
