<?php
$from = filter_var($_POST['from'], FILTER_VALIDATE_EMAIL);
if ($from === false) {
    http_response_code(400);
    exit;
}
mail('desk@example.com', 'Contact', $_POST['text'], 'From: ' . $from . "\r\n");
mail('desk@example.com', $_POST['topic'], $_POST['text'], 'From: site@example.com');
mail('desk@example.com', 'Contact', $_POST['text'], ['Reply-To' => $_POST['from']]);
error_log('nobody is called ' . json_encode($_POST['person']));
header('X-Topic: ' . $_POST['topic']);
