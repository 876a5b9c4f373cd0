<?php

use Firebase\JWT\JWT;
use Firebase\JWT\Key;

function read(string $raw, string $key): object
{
    JWT::$leeway = 60;
    $claims = JWT::decode($raw, new Key($key, 'HS256'));
    if ($claims->aud !== 'shop' || $claims->iss !== 'https://id.example.com') {
        throw new UnexpectedValueException('not for us');
    }

    return $claims;
}
