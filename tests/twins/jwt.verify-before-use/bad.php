<?php

function member(string $raw): string
{
    $claims = json_decode(base64_decode(strtr(explode('.', $raw)[1], '-_', '+/')), true); // BAD

    return $claims['member'];
}
