<?php

use Firebase\JWT\JWT;

function issue(object $member, string $key): string
{
    $claims = ['sub' => $member->id, 'ssn' => $member->ssn, 'exp' => time() + 600];

    return JWT::encode($claims, $key, 'HS256'); // BAD
}
