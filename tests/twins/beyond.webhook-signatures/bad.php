<?php

function receive($body, $signature)
{
    $expected = hash_hmac('sha256', $body, getenv('KEY'));
    if ($signature !== $expected) { // BAD
        http_response_code(401);
        return;
    }
    handle(json_decode($body, true));
}
