<?php
$body = $_POST['document'];
$document = simplexml_load_string($body, 'SimpleXMLElement', LIBXML_PARSEHUGE); // BAD
$given = yaml_parse($_POST['given']); // BAD
