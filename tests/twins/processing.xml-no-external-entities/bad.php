<?php
$body = file_get_contents('php://input');
$document = new DOMDocument();
$document->loadXML($body, LIBXML_NOENT | LIBXML_DTDLOAD); // BAD
libxml_disable_entity_loader(false); // BAD
