<?php
function store(string $password): string
{
    return password_hash($password, PASSWORD_DEFAULT);
}

function cache_key(string $query): string
{
    return md5($query);
}
