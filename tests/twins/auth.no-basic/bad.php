<?php

use Illuminate\Support\Facades\Route;

Route::get('/stock', [StockController::class, 'index'])->middleware('auth.basic'); // BAD
Route::post('/login', [DoorController::class, 'enter']);
