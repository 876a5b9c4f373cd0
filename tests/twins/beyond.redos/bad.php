<?php

function fits(string $name): bool
{
    return preg_match('/^(\w+\s?)*$/', $_POST['name'] ?? '') === 1; // BAD
}
