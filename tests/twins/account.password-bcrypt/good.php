<?php
function store(PDO $db, string $name, string $password): void
{
    $digest = password_hash($password, PASSWORD_ARGON2ID);
    $db->prepare('insert into users values (?, ?)')->execute([$name, $digest]);
}

function cached(string $body): string
{
    return md5($body);
}
