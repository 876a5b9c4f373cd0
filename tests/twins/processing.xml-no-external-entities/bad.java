package shop;

import java.io.StringReader;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.stream.XMLInputFactory;
import org.springframework.web.bind.annotation.*;
import org.xml.sax.InputSource;

@RestController
public class Imports {
    @PostMapping("/import")
    public String load(@RequestBody String body) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance(); // BAD
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(body))).getNodeName();
    }

    public Object stream(String body) throws Exception {
        XMLInputFactory factory = XMLInputFactory.newInstance(); // BAD
        return factory.createXMLStreamReader(new StringReader(body));
    }
}
