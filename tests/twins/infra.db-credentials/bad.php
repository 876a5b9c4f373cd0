<?php

function open(): PDO
{
    return new PDO('mysql:host=db.internal;dbname=shop', 'root', ''); // BAD
}
