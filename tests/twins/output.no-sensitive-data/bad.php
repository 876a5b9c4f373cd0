<?php

namespace App\Http\Controllers;

class Member extends Model
{
    protected $fillable = ['name', 'email', 'password'];
}

class MemberController extends Controller
{
    public function index()
    {
        return Member::all(); // BAD
    }

    public function show($id)
    {
        $member = Member::findOrFail($id);
        return response()->json($member); // BAD
    }
}
