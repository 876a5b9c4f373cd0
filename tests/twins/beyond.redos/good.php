<?php

function fits(string $name): bool
{
    return preg_match('/^\w+(?:\s\w+)*$/', $_POST['name'] ?? '') === 1;
}
