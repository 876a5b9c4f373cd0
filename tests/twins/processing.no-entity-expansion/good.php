<?php
$document = simplexml_load_string($_POST['document']);
$settings = yaml_parse(file_get_contents('settings.yaml'));
