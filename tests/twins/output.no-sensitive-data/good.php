<?php

namespace App\Http\Controllers;

class Member extends Model
{
    protected $fillable = ['name', 'email', 'password'];
    protected $hidden = ['password', 'remember_token'];
}

class MemberController extends Controller
{
    public function index()
    {
        return Member::all();
    }

    public function show($id)
    {
        $member = Member::findOrFail($id);
        return response()->json($member);
    }
}
