<?php
function store(PDO $db, string $name, string $password): void
{
    $digest = md5($password); // BAD
    $db->prepare('insert into users values (?, ?)')->execute([$name, $digest]);
}
