//! What differs from the published SQLite: counts of the rows that a statement read and wrote, the authorizer's knowledge of
//! a table's new name, ORDER BY and LIMIT of DELETE and UPDATE, and how the write-ahead log is written.
//!
//! The last is an option of SQLite's that the published parser does not know, for its tables are generated without. Here
//! another parser of the same tables takes over where the ORDER BY or LIMIT of such a statement begins, as if it stood behind
//! `SELECT *`. What it finds is given to the statement that the first parser then completes.

/// A text that occurs exactly once, and what takes its place.
pub struct Change {
    pub why: &'static str,
    pub from: &'static str,
    pub to: &'static str,
}

pub const CHANGES: &[Change] = &[
    Change {
        why: "two counters in each statement: rows read, rows written",
        from: "  u32 aCounter[9];        /* Counters used by sqlite3_stmt_status() */\n",
        to: "  u32 aCounter[9];        /* Counters used by sqlite3_stmt_status() */\n  u32 aRows[2];\n#define ROW_READ(p,n) (p)->aRows[0] += (u32)(n)\n#define ROW_WRITTEN(p,n) (p)->aRows[1] += (u32)(n)\n",
    },
    Change {
        why: "sqlite3_stmt_status() tells them as 1024 and 1025",
        from: "  }else{\n    v = pVdbe->aCounter[op];\n",
        to: "  }else if( op>=1024 ){\n    v = pVdbe->aRows[op&1];\n    if( resetFlag ) pVdbe->aRows[op&1] = 0;\n  }else{\n    v = pVdbe->aCounter[op];\n",
    },
    Change {
        why: "count(*) reads all rows",
        from: "    rc = sqlite3BtreeCount(db, pCrsr, &nEntry);\n",
        to: "    rc = sqlite3BtreeCount(db, pCrsr, &nEntry);\n    ROW_READ(p, nEntry);\n",
    },
    Change {
        why: "a seek by range reads a row",
        from: "      goto seek_not_found;\n    }\n  }\n#ifdef SQLITE_TEST\n",
        to: "      goto seek_not_found;\n    }\n  }\n  ROW_READ(p, 1);\n#ifdef SQLITE_TEST\n",
    },
    Change {
        why: "a seek by rowid reads a row",
        from: "  pC->seekResult = res;\n  if( res!=0 ){\n",
        to: "  pC->seekResult = res;\n  ROW_READ(p, 1);\n  if( res!=0 ){\n",
    },
    Change {
        why: "an insert writes a row",
        from: "  assert( (pOp->p5 & OPFLAG_LASTROWID)==0 || (pOp->p5 & OPFLAG_NCHANGE)!=0 );\n",
        to: "  assert( (pOp->p5 & OPFLAG_LASTROWID)==0 || (pOp->p5 & OPFLAG_NCHANGE)!=0 );\n  if( !pC->isEphemeral ) ROW_WRITTEN(p, 1);\n",
    },
    Change {
        why: "a delete writes a row",
        from: "  if( opflags & OPFLAG_NCHANGE ){\n    p->nChange++;\n",
        to: "  if( opflags & OPFLAG_NCHANGE ){\n    if( !pC->isEphemeral ) ROW_WRITTEN(p, 1);\n    p->nChange++;\n",
    },
    Change {
        why: "the last row is read",
        from: "  rc = sqlite3BtreeLast(pCrsr, &res);\n  pC->nullRow = (u8)res;\n  pC->deferredMoveto = 0;\n  pC->cacheStatus = CACHE_STALE;\n  if( rc ) goto abort_due_to_error;\n",
        to: "  rc = sqlite3BtreeLast(pCrsr, &res);\n  pC->nullRow = (u8)res;\n  pC->deferredMoveto = 0;\n  pC->cacheStatus = CACHE_STALE;\n  if( rc ) goto abort_due_to_error;\n  ROW_READ(p, 1);\n",
    },
    Change {
        why: "the first row is read",
        from: "    pC->cacheStatus = CACHE_STALE;\n  }\n  if( rc ) goto abort_due_to_error;\n  pC->nullRow = (u8)res;\n",
        to: "    pC->cacheStatus = CACHE_STALE;\n  }\n  if( rc ) goto abort_due_to_error;\n  ROW_READ(p, 1);\n  pC->nullRow = (u8)res;\n",
    },
    Change {
        why: "the next row is read",
        from: "    p->aCounter[pOp->p5]++;\n",
        to: "    p->aCounter[pOp->p5]++;\n    ROW_READ(p, 1);\n",
    },
    Change {
        why: "an entry of an index is written",
        from: "  if( pOp->p5 & OPFLAG_NCHANGE ) p->nChange++;\n  assert( pC->eCurType==CURTYPE_BTREE );\n  assert( pC->isTable==0 );\n",
        to: "  if( pOp->p5 & OPFLAG_NCHANGE ) p->nChange++;\n  if( !pC->isEphemeral ) ROW_WRITTEN(p, 1);\n  assert( pC->eCurType==CURTYPE_BTREE );\n  assert( pC->isTable==0 );\n",
    },
    Change {
        why: "emptying a table writes all rows",
        from: "  if( pOp->p3 ){\n    p->nChange += nChange;\n",
        to: "  if( pOp->p3 ){\n    ROW_WRITTEN(p, nChange);\n    p->nChange += nChange;\n",
    },
    Change {
        why: "the next row of a virtual table is read",
        from: "  rc = pModule->xNext(pCur->uc.pVCur);\n  sqlite3VtabImportErrmsg(p, pVtab);\n  if( rc ) goto abort_due_to_error;\n",
        to: "  rc = pModule->xNext(pCur->uc.pVCur);\n  sqlite3VtabImportErrmsg(p, pVtab);\n  if( rc ) goto abort_due_to_error;\n  ROW_READ(p, 1);\n",
    },
    Change {
        why: "a row of a virtual table is written",
        from: "        p->errorAction = ((pOp->p5==OE_Replace) ? OE_Abort : pOp->p5);\n      }\n    }else{\n",
        to: "        p->errorAction = ((pOp->p5==OE_Replace) ? OE_Abort : pOp->p5);\n      }\n    }else{\n      ROW_WRITTEN(p, 1);\n",
    },
    Change {
        why: "the authorizer learns the new name of a table",
        from: "  if( sqlite3AuthCheck(pParse, SQLITE_ALTER_TABLE, zDb, pTab->zName, 0) ){\n    goto exit_rename_table;\n",
        to: "  if( sqlite3AuthCheck(pParse, SQLITE_ALTER_TABLE, zDb, pTab->zName, zName) ){\n    goto exit_rename_table;\n",
    },
    Change {
        why: "what a scalar subquery gives to a JSON function stays JSON, as it was before 3.54",
        from: "  if( dest.eDest==SRT_Mem\n   && sqlite3ExprCanReturnSubtype(",
        to: "  if( 0 && dest.eDest==SRT_Mem\n   && sqlite3ExprCanReturnSubtype(",
    },
    Change {
        why: "a frame of the log is written with one call",
        from: "  walEncodeFrame(p->pWal, pPage->pgno, nTruncate, pData, aFrame);\n  rc = walWriteToLog(p, aFrame, sizeof(aFrame), iOffset);\n",
        to: "  if( p->szPage<=4096 && p->iSyncPoint==0 ){\n    u8 aWhole[WAL_FRAME_HDRSIZE+4096];\n    walEncodeFrame(p->pWal, pPage->pgno, nTruncate, pData, aWhole);\n    memcpy(&aWhole[WAL_FRAME_HDRSIZE], pData, p->szPage);\n    return walWriteToLog(p, aWhole, WAL_FRAME_HDRSIZE+p->szPage, iOffset);\n  }\n  walEncodeFrame(p->pWal, pPage->pgno, nTruncate, pData, aFrame);\n  rc = walWriteToLog(p, aFrame, sizeof(aFrame), iOffset);\n",
    },
    Change {
        why: "how long the log is known to be",
        from: "  u8 truncateOnCommit;       /* True to truncate WAL file on commit */\n",
        to: "  u8 truncateOnCommit;       /* True to truncate WAL file on commit */\n  i64 szLog;\n",
    },
    Change {
        why: "a log that grows does so ahead of its frames",
        from: "  /* If this frame set completes the first transaction in the WAL and\n  ** if PRAGMA journal_size_limit is set, then truncate the WAL to the\n",
        to: ROOM,
    },
    Change {
        why: "the ORDER BY and LIMIT of a DELETE or UPDATE are kept until the statement is complete",
        from: "  Token sLastToken;       /* The last token parsed */\n",
        to: "  Token sLastToken;       /* The last token parsed */\n  u8 isTail;\n  ExprList *pTailOrderBy;\n  Expr *pTailLimit;\n",
    },
    Change {
        why: "the end of such a statement is no statement",
        from: "      case 2: /* cmdx ::= cmd */\n{ sqlite3FinishCoding(pParse); }\n",
        to: "      case 2: /* cmdx ::= cmd */\n{ if( !pParse->isTail ) sqlite3FinishCoding(pParse); }\n",
    },
    Change {
        why: "it is taken for that of a SELECT",
        from: "  SelectDest dest = {SRT_Output, 0, 0, 0, 0, 0, 0};\n  if( (pParse->db->mDbFlags & DBFLAG_EncodingFixed)!=0\n",
        to: "  SelectDest dest = {SRT_Output, 0, 0, 0, 0, 0, 0};\n  if( pParse->isTail ){\n    Select *pTail = yymsp[0].minor.yy555;\n    if( pTail ){\n      pParse->pTailOrderBy = pTail->pOrderBy;\n      pParse->pTailLimit = pTail->pLimit;\n      pTail->pOrderBy = 0;\n      pTail->pLimit = 0;\n    }\n  }else if( (pParse->db->mDbFlags & DBFLAG_EncodingFixed)!=0\n",
    },
    Change {
        why: "a DELETE takes it",
        from: "  sqlite3DeleteFrom(pParse,yymsp[-2].minor.yy203,yymsp[0].minor.yy454,0,0);\n}\n        break;\n      case 157:",
        to: "  ExprList *pTailOrderBy = pParse->pTailOrderBy;\n  Expr *pTailLimit = pParse->pTailLimit;\n  pParse->pTailOrderBy = 0;\n  pParse->pTailLimit = 0;\n  sqlite3DeleteFrom(pParse,yymsp[-2].minor.yy203,yymsp[0].minor.yy454,pTailOrderBy,pTailLimit);\n}\n        break;\n      case 157:",
    },
    Change {
        why: "an UPDATE takes it",
        from: "  sqlite3Update(pParse,yymsp[-5].minor.yy203,yymsp[-2].minor.yy14,yymsp[0].minor.yy454,yymsp[-6].minor.yy144,0,0,0);\n}\n        break;\n      case 160:",
        to: "  ExprList *pTailOrderBy = pParse->pTailOrderBy;\n  Expr *pTailLimit = pParse->pTailLimit;\n  pParse->pTailOrderBy = 0;\n  pParse->pTailLimit = 0;\n  sqlite3Update(pParse,yymsp[-5].minor.yy203,yymsp[-2].minor.yy14,yymsp[0].minor.yy454,yymsp[-6].minor.yy144,pTailOrderBy,pTailLimit,0);\n}\n        break;\n      case 160:",
    },
    Change {
        why: "room for the second parser",
        from: "  Parse *pParentParse = 0;        /* Outer parse context, if any */\n#ifdef sqlite3Parser_ENGINEALWAYSONSTACK\n",
        to: "  Parse *pParentParse = 0;        /* Outer parse context, if any */\n  int verb = 0;\n  int depth = 0;\n  yyParser sTail;\n#ifdef sqlite3Parser_ENGINEALWAYSONSTACK\n",
    },
    Change {
        why: "tokens go to the second parser from ORDER or LIMIT to the end of a DELETE or UPDATE",
        from: "    sqlite3Parser(pEngine, tokenType, pParse->sLastToken);\n    lastTokenParsed = tokenType;\n",
        to: TOKENS,
    },
    Change {
        why: "the second parser may have met an error",
        from: "    if( pParse->rc!=SQLITE_OK ) break;\n  }\n  assert( nErr==0 );\n#ifdef YYTRACKMAXSTACKDEPTH\n",
        to: "    if( pParse->rc!=SQLITE_OK ) break;\n  }\n  if( pParse->isTail ){\n    pParse->isTail = 0;\n    sqlite3ParserFinalize(&sTail);\n  }\n  sqlite3ExprListDelete(db, pParse->pTailOrderBy);\n  sqlite3ExprDelete(db, pParse->pTailLimit);\n  pParse->pTailOrderBy = 0;\n  pParse->pTailLimit = 0;\n  assert( nErr==0 );\n#ifdef YYTRACKMAXSTACKDEPTH\n",
    },
];

/// Syncing a file that has grown writes its length and the map of its blocks as well, and waits for each. So a second commit
/// of a connection that makes the log longer adds zeros behind it, as much again as there is, but no more than 64 KiB: the next
/// commits overwrite them. Zeros are no frame, as what stands behind the last frame of a log that was begun anew is none.
const ROOM: &str = "  if( isCommit && iOffset>pWal->szLog ){
    static u8 aZero[65536];
    if( pWal->szLog==0 ){
      i64 sz = 0;
      if( sqlite3OsFileSize(pWal->pWalFd, &sz)!=SQLITE_OK || sz<iOffset ) sz = iOffset;
      pWal->szLog = sz;
    }else{
      int nZero = (int)(iOffset<(i64)sizeof(aZero) ? iOffset : (i64)sizeof(aZero));
      int isThere = sqlite3OsWrite(pWal->pWalFd, aZero, nZero, iOffset)==SQLITE_OK;
      pWal->szLog = iOffset + (isThere ? nZero : 0);
    }
  }

  /* If this frame set completes the first transaction in the WAL and
  ** if PRAGMA journal_size_limit is set, then truncate the WAL to the
";

/// `verb` is 0 before the statement's verb is known, and afterwards that verb or another token. Parentheses around a parameter
/// let the first parser number it before the second sees any.
const TOKENS: &str = r#"    if( tokenType==TK_LP ) depth++;
    if( tokenType==TK_RP ) depth--;
    if( tokenType==TK_SEMI || tokenType==0 ){
      if( pParse->isTail ){
        sqlite3Parser(&sTail, TK_SEMI, pParse->sLastToken);
        pParse->isTail = 0;
        sqlite3ParserFinalize(&sTail);
        if( pParse->rc!=SQLITE_OK ) break;
      }
      verb = depth = 0;
    }else if( verb==0 || verb==TK_WITH ){
      if( tokenType==TK_DELETE || tokenType==TK_UPDATE || tokenType==TK_SELECT
       || tokenType==TK_INSERT || tokenType==TK_REPLACE || tokenType==TK_VALUES ){
        if( depth==0 ) verb = tokenType;
      }else if( verb==0 && tokenType!=TK_EXPLAIN && tokenType!=TK_QUERY && tokenType!=TK_PLAN ){
        verb = tokenType;
      }
    }else if( depth==0 && !pParse->isTail && (verb==TK_DELETE || verb==TK_UPDATE)
     && (tokenType==TK_ORDER || tokenType==TK_LIMIT) ){
      Token none;
      none.z = zSql;
      none.n = 0;
      sqlite3ParserInit(&sTail, pParse);
      pParse->isTail = 1;
      sqlite3Parser(&sTail, TK_SELECT, none);
      sqlite3Parser(&sTail, TK_STAR, none);
    }
    if( pParse->isTail ){
      sqlite3Parser(&sTail, tokenType, pParse->sLastToken);
    }else if( tokenType==TK_VARIABLE && depth==0 && (verb==TK_DELETE || verb==TK_UPDATE)
     && (lastTokenParsed==TK_WHERE || lastTokenParsed==TK_COMMA || lastTokenParsed==TK_RETURNING
      || (lastTokenParsed>=TK_OR && lastTokenParsed<=TK_IS) || lastTokenParsed==TK_BETWEEN
      || lastTokenParsed==TK_LIKE_KW || (lastTokenParsed>=TK_NE && lastTokenParsed<=TK_ESCAPE)
      || (lastTokenParsed>=TK_BITAND && lastTokenParsed<=TK_PTR) || lastTokenParsed==TK_BITNOT) ){
      sqlite3Parser(pEngine, TK_LP, pParse->sLastToken);
      if( pParse->rc==SQLITE_OK ) sqlite3Parser(pEngine, TK_VARIABLE, pParse->sLastToken);
      if( pParse->rc==SQLITE_OK ) sqlite3Parser(pEngine, TK_RP, pParse->sLastToken);
    }else{
      sqlite3Parser(pEngine, tokenType, pParse->sLastToken);
    }
    lastTokenParsed = tokenType;
"#;
