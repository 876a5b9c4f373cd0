<?php

function open(): PDO
{
    return new PDO(getenv('DB_DSN'), getenv('DB_USER'), getenv('DB_PASSWORD'));
}
