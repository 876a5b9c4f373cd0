<?php
$body = file_get_contents('php://input');
$document = new DOMDocument();
$document->loadXML($body, LIBXML_NONET);
$more = simplexml_load_string($body);
